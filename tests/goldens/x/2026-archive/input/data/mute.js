window.YTD.mute.part0 = [
  {
    "muting": {
      "accountId": "100000667",
      "userLink": "https://twitter.com/intent/user?user_id=100000667"
    }
  }
]