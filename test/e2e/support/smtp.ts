import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface Smtp {
	/** The data of n8n's credential of the type smtp. */
	credential: { host: string; port: number; secure: false; disableStartTls: true };
	/** The e-mails it took, as they came. */
	mails: Array<{ from: string; to: string[]; source: string }>;
	stop(): Promise<void>;
}

/**
 * Starts an SMTP server on a free loopback port, which sends no e-mail on.
 *
 * @param refusing It takes every e-mail but those with this text, as a filter against spam does.
 */
export async function startSmtp({ refusing }: { refusing: string }): Promise<Smtp> {
	const mails: Smtp['mails'] = [];
	const server = new SMTPServer({
		disabledCommands: ['AUTH', 'STARTTLS'],
		onData(stream, { envelope }, done) {
			text(stream).then(
				(source) => {
					if (source.includes(refusing)) return done(new Error('Message refused'));
					const from = envelope.mailFrom ? envelope.mailFrom.address : '';
					mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), source });
					done();
				},
				(error: Error) => done(error),
			);
		},
	});
	const listening = server.listen(0, '127.0.0.1');
	await once(listening, 'listening');
	const { port } = listening.address() as AddressInfo;
	return {
		credential: { host: '127.0.0.1', port, secure: false, disableStartTls: true },
		mails,
		stop: async () => await new Promise((resolve) => server.close(() => resolve())),
	};
}
