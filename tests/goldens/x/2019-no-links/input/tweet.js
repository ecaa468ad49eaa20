window.YTD.tweet.part0 = [
  {
    "in_reply_to_user_id_str": "100000001",
    "in_reply_to_screen_name": "IdaFalk",
    "id_str": "5"
  }
]