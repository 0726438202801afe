"""Objects and uploads as files of a folder."""
