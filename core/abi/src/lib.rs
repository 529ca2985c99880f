//! What crosses dlopen between the Chaos Kitty host and a plugin, and nothing else
