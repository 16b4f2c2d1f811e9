"""Which faults may a log be about? Its lines open candidates; only packets and files decide."""
