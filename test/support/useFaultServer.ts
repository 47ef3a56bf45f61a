import {
	startFaultServer,
	type FaultServer,
	type FaultServerOptions,
	type RecordedRequest,
} from './faultServer';

/** A fault server that is there while a test runs, and what its tests ask of it most. */
export interface FaultServerInUse extends FaultServer {
	/**
	 * The newest POST, or fails the test when there was none.
	 */
	lastRequest(): RecordedRequest;
}

/**
 * A fault server of its own for each test of the file, or of the `describe` that calls this. It starts and ends by
 * itself; what is returned stands for the one of the present test.
 */
export function useFaultServer(options?: FaultServerOptions): FaultServerInUse {
	let current: FaultServer | undefined;
	beforeEach(async () => {
		current = await startFaultServer(options);
	});
	afterEach(async () => {
		await current?.close();
		current = undefined;
	});
	const lastRequest = () => {
		const last = current?.requests.at(-1);
		if (!last) throw new Error('The server has had no request');
		return last;
	};
	return new Proxy({} as FaultServerInUse, {
		get(_target, name) {
			if (name === 'lastRequest') return lastRequest;
			if (!current) throw new Error('The fault server is there only while a test runs');
			return Reflect.get(current, name) as unknown;
		},
	});
}
