import { CallError } from '../../client';

/** The caller of a streaming webhook or chat went away. Its description is what n8n shows below the message. */
export class ClientDisconnectedError extends CallError {
	readonly description = 'Turn off the option Stream Response if the reply is needed all the same';

	constructor() {
		super('The caller hung up before the reply was complete, so no more was asked of the API');
		this.name = 'ClientDisconnectedError';
	}
}
