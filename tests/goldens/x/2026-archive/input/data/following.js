window.YTD.following.part0 = [
  {
    "following": {
      "accountId": "100000009",
      "userLink": "https://twitter.com/intent/user?user_id=100000009"
    }
  }
]