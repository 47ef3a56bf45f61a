import type { Behaviour, FaultServer } from './faultServer';

/** The server does one behaviour after the other, one a request, and goes on with the last. */
export function behaveInTurn(server: Pick<FaultServer, 'behave'>, ...behaviours: Behaviour[]): void {
	server.behave(({ index }) => behaviours[Math.min(index, behaviours.length - 1)]!);
}
