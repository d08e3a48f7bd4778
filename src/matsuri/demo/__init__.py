"""A believable game to look at: ``matsuri demo`` fills a server with it."""
