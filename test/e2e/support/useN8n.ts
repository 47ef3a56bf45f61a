import type { Credential, Session } from '../../../playground/n8nApi';
import { ok, startFaultServer, type FaultServer, type FaultServerOptions } from '../../support/faultServer';
import type { FaultServerInUse } from '../../support/useFaultServer';
import { chatGptCredential, signInToN8n } from './n8n';
import { useForFile } from './useForFile';

export interface N8nInUse {
	/** The session of the owner of the n8n that all files share. */
	session: Session;
	/** The API of this file. */
	server: FaultServerInUse;
	/** Leads to the server. */
	credential: Credential;
}

/**
 * The n8n of all end-to-end tests, with a fault server for the file and a credential for that server.
 *
 * @param options of the server, and the name of the credential where people see it.
 */
export function useN8n(options: FaultServerOptions & { credentialName?: string } = {}): N8nInUse {
	const { credentialName, ...serverOptions } = options;
	const session = signInToN8n();
	const server = useSharedServer(serverOptions);
	const credential = useForFile(
		async () => await chatGptCredential(session, { baseUrl: server.baseUrl }, credentialName),
	);
	return { session, server, credential };
}

/**
 * A fault server that the tests of a file share, because n8n's credentials lead to it. Each test finds it without
 * requests and with the behaviour of the options.
 */
export function useSharedServer(options: FaultServerOptions = {}): FaultServerInUse {
	const server = useForFile(
		async () => {
			const started = await startFaultServer(options);
			const lastRequest = () => {
				const last = started.requests.at(-1);
				if (!last) throw new Error('The server has had no request');
				return last;
			};
			return { ...started, lastRequest };
		},
		(started) => started.close(),
	);
	beforeEach(() => {
		server.reset();
		server.behave(options.behave ?? (() => ok()));
	});
	return server;
}

/** For tests that need a server like no other: starts one that ends with the test. */
export function useServerStarter(): (options?: FaultServerOptions) => Promise<FaultServer> {
	const started: FaultServer[] = [];
	afterEach(async () => {
		for (const server of started.splice(0)) await server.close();
	});
	return async (options) => {
		const server = await startFaultServer(options);
		started.push(server);
		return server;
	};
}
