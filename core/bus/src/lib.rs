//! The async-bus wire protocol: messages, codec, connections, transactions, proxies, controllers
