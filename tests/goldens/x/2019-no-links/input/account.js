window.YTD.account.part0 = [ {
  "account" : { "email" : "owner@example.com", "username" : "wickworks", "accountId" : "100000000" }
} ]