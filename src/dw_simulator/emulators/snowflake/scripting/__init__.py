"""Snowflake Scripting: blocks are parsed to ``nodes`` and walked by ``interpreter``; ``procedures`` finds and calls."""
