window.YTD.follower.part0 = [
 {
  "follower" : {
 "accountId" : "100000001" } }, {
  "follower" : {
 "accountId" : "" } } ]