"""What a briefing consists of and is written as: the parts of `bordermap.briefing`."""
