window.YTD.account.part0 = [
  {
    "account": {
      "email": "owner@example.com",
      "createdVia": "web",
      "username": "WickWorks",
      "accountId": "100000000",
      "createdAt": "2012-01-01T00:00:00.000Z",
      "accountDisplayName": "Wick Works",
      "phoneNumber": "+12025550100"
    }
  }
]