window.YTD.direct_messages.part0 = [
  {
    "dmConversation": {
      "conversationId": "100000000-100000001",
      "messages": [
        {
          "messageCreate": {
            "senderId": "100000000",
            "recipientId": "100000001",
            "text": "two bowls?",
            "createdAt": "2023-04-06T06:07:08.900Z",
            "id": "1"
          }
        },
        {
          "messageCreate": {
            "senderId": "100000001",
            "recipientId": "100000000",
            "text": "two bowls?",
            "createdAt": "2023-04-05T06:07:08.900Z",
            "id": "1"
          }
        }
      ]
    }
  },
  {
    "dmConversation": {
      "conversationId": "100000000-100000044",
      "messages": [
        {
          "messageCreate": {
            "senderId": "100000044",
            "recipientId": "100000000",
            "text": "two bowls?",
            "createdAt": "2023-04-06T06:07:08.900Z",
            "id": "1"
          }
        }
      ]
    }
  },
  {
    "dmConversation": {
      "conversationId": "odd",
      "messages": []
    }
  }
]