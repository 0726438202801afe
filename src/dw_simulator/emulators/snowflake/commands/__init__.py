"""Handlers of the statements that are not queries; see ``registry``."""
