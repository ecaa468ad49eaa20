window.YTD.direct_messages_group.part0 = [
  {
    "dmConversation": {
      "conversationId": "77",
      "messages": [
        {
          "participantsJoin": {
            "userIds": [
              "100000001",
              "100000055"
            ]
          }
        }
      ]
    }
  }
]