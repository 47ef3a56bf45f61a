// What the transport uses of undici; the rest, such as fetch and mocks, is half of it, and would be bundled all the same.
// Loaded so, undici besides leaves the process's own fetch alone.
const Dispatcher = require('undici/lib/dispatcher/dispatcher');

Dispatcher.prototype.request = require('undici/lib/api/api-request');
// With it, the agent for proxies opens its tunnels.
Dispatcher.prototype.connect = require('undici/lib/api/api-connect');

module.exports = {
	Agent: require('undici/lib/dispatcher/agent'),
	EnvHttpProxyAgent: require('undici/lib/dispatcher/env-http-proxy-agent'),
};
