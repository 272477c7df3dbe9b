import type { Complaints } from './log/complaints.ts';
import type { Directory, DirectoryOptions, TableMode } from './routes/directory.ts';
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
  // As it was said: the directory's own is so only when it has taken the table.
  let mode: TableMode = 'whole';
  return {
    replace(all) {
      complaints.forget(null);
      // Before anyone can be told of them.
      httpAge.look();
      if (mode === 'on-demand') {
        const fields = { routes: all.size, routeTableMax: maxRoutes };
        log.info(fields, 'the routes fit into the table again: all of them are held');
      }
      mode = 'whole';
      directory.replace(all);
    },
    change(pattern, record) {
      complaints.forget(pattern);
      directory.change(pattern, record);
    },
    tooMany() {
      httpAge.look();
      if (mode === 'whole') {
        const words =
          'there are more routes than --route-table-max: each is read when it is asked for';
        log.warn({ routeTableMax: maxRoutes }, words);
      }
      mode = 'on-demand';
      directory.tooMany();
    },
    outdated(patterns) {
      for (const pattern of patterns ?? [null]) complaints.forget(pattern);
      directory.outdated(patterns);
    },
    onProblem: (key, reason) => complaints.ofRoute(key, '', reason),
  };
}

/** How a directory asks a source, where it can. */
export function readFrom(source: RouteSource): Pick<DirectoryOptions, 'read' | 'mayLackRoutes'> {
  const mayLackRoutes = () => source.mayLackRoutes ?? false;
  if (source.read === undefined) return { mayLackRoutes };
  return { mayLackRoutes, read: (patterns) => source.read!(patterns) };
}
