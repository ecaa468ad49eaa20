window.__THAR_CONFIG = {
  "userInfo": {
    "accountId": "100000000",
    "userName": "WickWorks",
    "displayName": "Wick Works"
  },
  "archiveInfo": {
    "sizeBytes": "1",
    "generationDate": "2026-03-04T05:06:07.000Z",
    "isPartialArchive": false
  },
  "dataTypes": {
    "follower": {
      "files": [
        {
          "fileName": "data/follower.js",
          "globalName": "YTD.follower.part0",
          "count": "4"
        },
        {
          "fileName": "data/follower-part1.js",
          "globalName": "YTD.follower.part1",
          "count": "1"
        }
      ]
    },
    "following": {
      "files": [
        {
          "fileName": "data/following.js",
          "globalName": "YTD.following.part0",
          "count": "2"
        }
      ]
    }
  }
}