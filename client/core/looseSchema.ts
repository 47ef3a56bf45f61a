import * as z from 'zod/v4-mini';

/**
 * A field that may be missing, null or of another type, and is then undefined. Compatible servers leave out, null or
 * mistype whatever they do not care for, and a reply that is paid for must not be lost over its token count.
 */
export const ifAny = <T extends z.core.SomeType>(schema: T) =>
	z.catch(z.optional(z.nullable(schema)), undefined);
