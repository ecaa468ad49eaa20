"""The people of the sample exports and the writers of their files."""
