"""The routes by whom they are for."""
