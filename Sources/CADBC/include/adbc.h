#ifndef KAGARI_ADBC_H
#define KAGARI_ADBC_H

// What Kagari uses of ADBC 1.1 and of the Arrow C data and stream interfaces. Both layouts are frozen ABIs:
// https://arrow.apache.org/adbc/current/format/specification.html
// https://arrow.apache.org/docs/format/CDataInterface.html

#include <stdint.h>

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

struct AdbcDriver;

struct AdbcError {
    char *message;
    int32_t vendor_code;
    char sqlstate[5];
    void (*release)(struct AdbcError *);
    void *private_data;
    struct AdbcDriver *private_driver;
};

struct AdbcDatabase { void *private_data; struct AdbcDriver *private_driver; };
struct AdbcConnection { void *private_data; struct AdbcDriver *private_driver; };
struct AdbcStatement { void *private_data; struct AdbcDriver *private_driver; };

typedef uint8_t AdbcStatusCode;
typedef void (*AdbcUnused)(void);

// The driver's table of functions, version 1.1. What Kagari does not call has no type here, only its place.
struct AdbcDriver {
    void *private_data;
    void *private_manager;
    AdbcStatusCode (*release)(struct AdbcDriver *, struct AdbcError *);
    AdbcStatusCode (*DatabaseInit)(struct AdbcDatabase *, struct AdbcError *);
    AdbcStatusCode (*DatabaseNew)(struct AdbcDatabase *, struct AdbcError *);
    AdbcStatusCode (*DatabaseSetOption)(
        struct AdbcDatabase *, const char *, const char *, struct AdbcError *);
    AdbcStatusCode (*DatabaseRelease)(struct AdbcDatabase *, struct AdbcError *);
    AdbcUnused ConnectionCommit;
    AdbcUnused ConnectionGetInfo;
    AdbcUnused ConnectionGetObjects;
    AdbcUnused ConnectionGetTableSchema;
    AdbcUnused ConnectionGetTableTypes;
    AdbcStatusCode (*ConnectionInit)(
        struct AdbcConnection *, struct AdbcDatabase *, struct AdbcError *);
    AdbcStatusCode (*ConnectionNew)(struct AdbcConnection *, struct AdbcError *);
    AdbcUnused ConnectionSetOption;
    AdbcUnused ConnectionReadPartition;
    AdbcStatusCode (*ConnectionRelease)(struct AdbcConnection *, struct AdbcError *);
    AdbcUnused ConnectionRollback;
    AdbcStatusCode (*StatementBind)(
        struct AdbcStatement *, struct ArrowArray *, struct ArrowSchema *, struct AdbcError *);
    AdbcUnused StatementBindStream;
    AdbcStatusCode (*StatementExecuteQuery)(
        struct AdbcStatement *, struct ArrowArrayStream *, int64_t *rows, struct AdbcError *);
    AdbcUnused StatementExecutePartitions;
    AdbcUnused StatementGetParameterSchema;
    AdbcStatusCode (*StatementNew)(
        struct AdbcConnection *, struct AdbcStatement *, struct AdbcError *);
    AdbcUnused StatementPrepare;
    AdbcStatusCode (*StatementRelease)(struct AdbcStatement *, struct AdbcError *);
    AdbcStatusCode (*StatementSetOption)(
        struct AdbcStatement *, const char *, const char *, struct AdbcError *);
    AdbcStatusCode (*StatementSetSqlQuery)(
        struct AdbcStatement *, const char *, struct AdbcError *);
    AdbcUnused StatementSetSubstraitPlan;
    // What version 1.1 added; the driver fills it in, Kagari calls none of it.
    AdbcUnused added[29];
};

#define KAGARI_ADBC_VERSION_1_1_0 1001000

typedef AdbcStatusCode (*AdbcDriverInitFunction)(int version, void *driver, struct AdbcError *);

// A file in memory alone, closed on exec; its descriptor, or -1 with `errno`.
int kagari_memory_file(void);

// Opens a library whose names are there for those opened after it; null with `dlerror`.
void *kagari_open_global(const char *path);

// Opens a library that takes its own C++ runtime before the program's; null with `dlerror`.
void *kagari_open_apart(const char *path);

#endif
