window.YTD.follower.part1 = [
  {
    "follower": {
      "accountId": "100000003"
    }
  }
]