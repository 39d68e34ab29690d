/// The tables, as version 1 has them. Later versions are steps in ``LedgerMigrations``; this text never changes.
enum LedgerSchema {
    /// What can be made again from the entries, in the order in which it may be emptied.
    static let stateTables = [
        "tags", "evidence", "tasks", "comments", "joins", "alerts", "incidents", "registry",
        "secret_digests", "erased",
    ]

    static let version1 = chain + findings + people + registry

    private static let chain = """
        CREATE TABLE entries (
          ordinal INTEGER PRIMARY KEY,
          tenant TEXT NOT NULL,
          position INTEGER NOT NULL,
          time INTEGER NOT NULL,
          actor TEXT NOT NULL,
          kind TEXT NOT NULL,
          subject TEXT NOT NULL,
          body_digest BLOB NOT NULL,
          previous BLOB NOT NULL,
          hash BLOB NOT NULL,
          UNIQUE (tenant, position)
        ) STRICT;
        CREATE INDEX entries_by_subject ON entries (tenant, subject, position);
        CREATE TABLE bodies (
          ordinal INTEGER PRIMARY KEY REFERENCES entries (ordinal),
          tenant TEXT NOT NULL,
          salt BLOB NOT NULL,
          body TEXT NOT NULL
        ) STRICT;
        CREATE INDEX bodies_by_tenant ON bodies (tenant);
        CREATE TABLE heads (
          tenant TEXT NOT NULL,
          position INTEGER NOT NULL,
          hash BLOB NOT NULL,
          time INTEGER NOT NULL,
          signature BLOB NOT NULL,
          PRIMARY KEY (tenant, position),
          FOREIGN KEY (tenant, position) REFERENCES entries (tenant, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE erased (
          tenant TEXT PRIMARY KEY,
          time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER entries_keep BEFORE UPDATE ON entries
          BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
        CREATE TRIGGER entries_stay BEFORE DELETE ON entries
          BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
        CREATE TRIGGER bodies_keep BEFORE UPDATE ON bodies
          BEGIN SELECT RAISE(ABORT, 'bodies are never changed'); END;
        CREATE TRIGGER bodies_stay BEFORE DELETE ON bodies
          WHEN NOT EXISTS (SELECT 1 FROM erased WHERE tenant = OLD.tenant)
          BEGIN SELECT RAISE(ABORT, 'bodies go only with their tenant'); END;
        CREATE TRIGGER heads_keep BEFORE UPDATE ON heads
          BEGIN SELECT RAISE(ABORT, 'heads are never changed'); END;
        CREATE TRIGGER heads_stay BEFORE DELETE ON heads
          BEGIN SELECT RAISE(ABORT, 'heads are never deleted'); END;

        """

    private static let findings = """
        CREATE TABLE incidents (
          tenant TEXT NOT NULL,
          id TEXT NOT NULL,
          told INTEGER NOT NULL REFERENCES entries (ordinal),
          told_digest BLOB NOT NULL,
          told_level INTEGER NOT NULL,
          told_risk INTEGER NOT NULL,
          title TEXT NOT NULL,
          level INTEGER NOT NULL,
          confidence INTEGER NOT NULL,
          first_seen INTEGER,
          last_seen INTEGER,
          alert_count INTEGER NOT NULL DEFAULT 0,
          state TEXT NOT NULL,
          assignee TEXT,
          verdict TEXT,
          verdict_reason TEXT,
          verdict_by TEXT,
          verdict_holds INTEGER NOT NULL DEFAULT 0,
          merged_into TEXT,
          created INTEGER NOT NULL,
          changed INTEGER NOT NULL,
          revision INTEGER NOT NULL,
          search TEXT NOT NULL,
          t0 INTEGER, t1 INTEGER, t2 INTEGER, t3 INTEGER,
          t4 INTEGER, t5 INTEGER, t6 INTEGER, t7 INTEGER,
          queue_risk INTEGER NOT NULL,
          queue_time INTEGER NOT NULL,
          PRIMARY KEY (tenant, id),
          FOREIGN KEY (tenant, merged_into) REFERENCES incidents (tenant, id)
            DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX incidents_of_tenant ON incidents (tenant, queue_risk, queue_time, id)
          WHERE merged_into IS NULL;
        CREATE INDEX incidents_of_all ON incidents (queue_risk, queue_time, tenant, id)
          WHERE merged_into IS NULL;
        CREATE INDEX live_of_tenant ON incidents (tenant, queue_risk, queue_time, id)
          WHERE merged_into IS NULL AND state <> 'closed';
        CREATE INDEX live_of_all ON incidents (queue_risk, queue_time, tenant, id)
          WHERE merged_into IS NULL AND state <> 'closed';
        CREATE INDEX incidents_by_state ON incidents (tenant, state, level, verdict, assignee)
          WHERE merged_into IS NULL;
        CREATE INDEX incidents_merged ON incidents (tenant, merged_into)
          WHERE merged_into IS NOT NULL;
        CREATE TABLE alerts (
          tenant TEXT NOT NULL,
          id TEXT NOT NULL,
          kept INTEGER NOT NULL REFERENCES entries (ordinal),
          rule TEXT NOT NULL,
          title TEXT NOT NULL,
          level INTEGER NOT NULL,
          host TEXT,
          user TEXT,
          time INTEGER,
          received INTEGER NOT NULL,
          alerted INTEGER NOT NULL,
          suppression TEXT,
          told_incident TEXT,
          split_incident TEXT,
          incident TEXT,
          PRIMARY KEY (tenant, id),
          FOREIGN KEY (tenant, incident) REFERENCES incidents (tenant, id)
            DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alerts_of_incident ON alerts (tenant, incident, alerted, id);
        CREATE INDEX alerts_by_time ON alerts (tenant, alerted, id);
        CREATE INDEX alerts_by_moment ON alerts (alerted, tenant, id);
        CREATE INDEX alerts_by_rule ON alerts (tenant, rule, alerted);
        CREATE TABLE joins (
          ordinal INTEGER PRIMARY KEY REFERENCES entries (ordinal),
          tenant TEXT NOT NULL,
          position INTEGER NOT NULL,
          kind TEXT NOT NULL,
          incident TEXT NOT NULL,
          into_incident TEXT NOT NULL,
          told_into TEXT NOT NULL,
          undone INTEGER
        ) STRICT;
        CREATE INDEX joins_of_tenant ON joins (tenant, position);

        """

    private static let people = """
        CREATE TABLE comments (
          tenant TEXT NOT NULL,
          incident TEXT NOT NULL,
          id INTEGER NOT NULL,
          version INTEGER NOT NULL,
          author TEXT NOT NULL,
          time INTEGER NOT NULL,
          text TEXT NOT NULL,
          PRIMARY KEY (tenant, incident, id, version),
          FOREIGN KEY (tenant, incident) REFERENCES incidents (tenant, id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE tasks (
          tenant TEXT NOT NULL,
          incident TEXT NOT NULL,
          id INTEGER NOT NULL,
          title TEXT NOT NULL,
          author TEXT NOT NULL,
          created INTEGER NOT NULL,
          done_by TEXT,
          done INTEGER,
          PRIMARY KEY (tenant, incident, id),
          FOREIGN KEY (tenant, incident) REFERENCES incidents (tenant, id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE evidence (
          tenant TEXT NOT NULL,
          incident TEXT NOT NULL,
          id INTEGER NOT NULL,
          note TEXT NOT NULL,
          digest BLOB NOT NULL,
          sequences TEXT NOT NULL,
          author TEXT NOT NULL,
          created INTEGER NOT NULL,
          PRIMARY KEY (tenant, incident, id),
          FOREIGN KEY (tenant, incident) REFERENCES incidents (tenant, id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE tags (
          tenant TEXT NOT NULL,
          incident TEXT NOT NULL,
          tag TEXT NOT NULL,
          PRIMARY KEY (tenant, incident, tag),
          FOREIGN KEY (tenant, incident) REFERENCES incidents (tenant, id)
        ) STRICT, WITHOUT ROWID;

        """

    private static let registry = """
        CREATE TABLE registry (
          kind TEXT NOT NULL,
          tenant TEXT NOT NULL,
          id TEXT NOT NULL,
          name TEXT,
          lookup BLOB,
          created INTEGER NOT NULL,
          changed INTEGER NOT NULL,
          revision INTEGER NOT NULL,
          body TEXT NOT NULL,
          PRIMARY KEY (kind, tenant, id)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX registry_by_lookup ON registry (kind, lookup)
          WHERE lookup IS NOT NULL;
        CREATE UNIQUE INDEX registry_by_name ON registry (kind, name) WHERE name IS NOT NULL;
        CREATE INDEX registry_by_id ON registry (kind, id);
        CREATE TABLE secret_digests (
          tenant TEXT NOT NULL,
          owner TEXT NOT NULL,
          kind TEXT NOT NULL,
          digest BLOB NOT NULL,
          PRIMARY KEY (tenant, owner, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE secrets (
          tenant TEXT NOT NULL,
          owner TEXT NOT NULL,
          kind TEXT NOT NULL,
          sealed BLOB NOT NULL,
          PRIMARY KEY (tenant, owner, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE marks (
          tenant TEXT NOT NULL,
          kind TEXT NOT NULL,
          subject TEXT NOT NULL,
          value INTEGER NOT NULL,
          PRIMARY KEY (tenant, kind, subject)
        ) STRICT, WITHOUT ROWID;
        """
}
