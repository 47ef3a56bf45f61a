/** The test host of n8n-core cleans up after the tests of a file; here, that is when the process ends. */
Object.assign(globalThis, { afterAll: (cleanUp: () => void) => process.once('exit', cleanUp) });
