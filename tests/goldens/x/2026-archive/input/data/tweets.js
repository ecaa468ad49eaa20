window.YTD.tweets.part0 = [
  {
    "tweet": {
      "id_str": "900",
      "full_text": "@old_ida thanks",
      "entities": {
        "user_mentions": [
          {
            "name": "Ida",
            "screen_name": "old_ida",
            "id_str": "100000001",
            "id": "100000001"
          }
        ]
      }
    }
  },
  {
    "tweet": {
      "id_str": "1000",
      "full_text": "@IdaFalk hello",
      "in_reply_to_user_id_str": "100000001",
      "in_reply_to_screen_name": "IdaFalk",
      "entities": {
        "user_mentions": [
          {
            "name": "Ida Falk 🕯",
            "screen_name": "IdaFalk",
            "id_str": "100000001"
          }
        ]
      }
    }
  },
  {
    "tweet": {
      "id_str": "10",
      "in_reply_to_user_id_str": "1234567890123456789",
      "in_reply_to_screen_name": "tom_berg"
    }
  },
  {
    "tweet": {
      "id_str": "1001",
      "in_reply_to_user_id_str": "100000003",
      "in_reply_to_screen_name": "tom_berg"
    }
  }
]