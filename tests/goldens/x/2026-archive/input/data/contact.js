window.YTD.contact.part0 = [
  {
    "contact": {
      "id": "1",
      "emails": [
        "ida@example.com"
      ],
      "phoneNumbers": [
        "+12025550147"
      ]
    }
  },
  {
    "contact": {
      "emails": [
        "OWNER@example.com"
      ]
    }
  },
  {
    "contact": {
      "id": "3"
    }
  },
  {
    "contact": {
      "phoneNumbers": [
        "+12025550147"
      ],
      "emails": [
        "IDA@example.com"
      ]
    }
  }
]