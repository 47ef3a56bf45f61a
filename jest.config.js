// The servers of the tests are on this machine, whatever proxy the machine uses.
process.env.NO_PROXY = process.env.no_proxy = '127.0.0.1,localhost';

/** @type {import('jest').Config} */
const shared = {
	testEnvironment: 'node',
	transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022' }, sourceMaps: 'inline' }] },
};

/** @type {import('jest').Config} */
module.exports = {
	projects: [
		// The client against a real HTTP server on loopback; pure functions; what the documentation says.
		{
			...shared,
			displayName: 'unit',
			testMatch: ['<rootDir>/test/{cases,client,docs,playground,structure,support}/**/*.test.ts'],
		},
		// The built package, loaded and run by n8n-core.
		{
			...shared,
			displayName: 'integration',
			testMatch: ['<rootDir>/test/{nodes,credentials,package,chaos}/**/*.test.ts'],
		},
		// The same under random faults, for minutes instead of seconds.
		{
			...shared,
			displayName: 'chaos',
			testMatch: ['<rootDir>/test/chaos/campaign.ts'],
		},
		// A real n8n with the packed tarball, driven over webhooks and in a browser.
		{
			...shared,
			displayName: 'e2e',
			testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
			globalSetup: '<rootDir>/test/e2e/support/globalSetup.ts',
			globalTeardown: '<rootDir>/test/e2e/support/globalTeardown.ts',
		},
	],
	testTimeout: 60_000,
	// All cores. Jest leaves one free, which on two of them takes twice the time.
	maxWorkers: '100%',
};
