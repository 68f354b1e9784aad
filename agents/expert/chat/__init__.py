"""The expert in a chat: a grammar of requests, honest about what it can not parse."""
