window.YTD.follower.part0 = [
  {
    "follower": {
      "accountId": "100000001",
      "userLink": "https://twitter.com/intent/user?user_id=100000001"
    }
  },
  {
    "follower": {
      "accountId": "1234567890123456789",
      "userLink": "https://twitter.com/intent/user?user_id=1234567890123456789"
    }
  },
  {
    "follower": {
      "accountId": "100000001",
      "userLink": "https://twitter.com/intent/user?user_id=100000001"
    }
  },
  {
    "follower": {
      "accountId": "100000000",
      "userLink": "https://twitter.com/intent/user?user_id=100000000"
    }
  }
]