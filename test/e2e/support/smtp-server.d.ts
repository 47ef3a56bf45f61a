/** The part of the package that the tests use. */
declare module 'smtp-server' {
	import type { Server } from 'node:net';
	import type { Readable } from 'node:stream';

	interface Address {
		address: string;
	}
	interface Options {
		disabledCommands?: string[];
		onData(
			stream: Readable,
			session: { envelope: { mailFrom: Address | false; rcptTo: Address[] } },
			callback: (error?: Error) => void,
		): void;
	}
	export class SMTPServer {
		constructor(options: Options);
		listen(port: number, host: string): Server;
		close(callback: () => void): void;
	}
}
