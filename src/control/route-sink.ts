import type { Complaints } from './complaints.ts';
import type { Directory } from './routes/directory.ts';
import type { HttpAge } from './routes/http-age.ts';
import type { RouteSink, RouteSource, SourceLog } from './sources/source.ts';

/** Who is concerned when a source tells of routes. */
export interface RouteSinkParts {
  readonly directory: Directory;
  readonly complaints: Complaints;
  readonly httpAge: HttpAge;
  readonly maxRoutes: number;
  readonly log: SourceLog;
}

/** What a source tells, handed to everybody who is concerned, in the right order. */
export function createRouteSink(parts: RouteSinkParts): RouteSink {
  const { directory, complaints, httpAge, maxRoutes, log } = parts;
  return {
    replace(all) {
      complaints.forget(null);
      // Before anyone can be told of them.
      httpAge.look();
      if (directory.mode === 'on-demand') {
        const fields = { routes: all.size, routeTableMax: maxRoutes };
        log.info(fields, 'the routes fit into the table again: all of them are held');
      }
      directory.replace(all);
    },
    change(pattern, record) {
      complaints.forget(pattern);
      directory.change(pattern, record);
    },
    tooMany() {
      httpAge.look();
      if (directory.mode === 'whole') {
        const words =
          'there are more routes than --route-table-max: each is read when it is asked for';
        log.warn({ routeTableMax: maxRoutes }, words);
      }
      directory.tooMany();
    },
    outdated(patterns) {
      for (const pattern of patterns ?? [null]) complaints.forget(pattern);
      directory.outdated(patterns);
    },
    onProblem: (key, reason) => complaints.ofRoute(key, '', reason),
  };
}

/** How a directory reads from a source, where it can. */
export function readFrom(source: RouteSource): Pick<Partial<RouteSource>, 'read'> {
  return source.read === undefined ? {} : { read: (patterns) => source.read!(patterns) };
}
