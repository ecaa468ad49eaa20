window.YTD.block.part0 = [
  {
    "blocking": {
      "accountId": "100000666",
      "userLink": "https://twitter.com/intent/user?user_id=100000666"
    }
  }
]