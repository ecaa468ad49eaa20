window.YTD.periscope_followers.part0 = [
  {
    "periscopeFollower": {
      "id": "1"
    }
  }
]