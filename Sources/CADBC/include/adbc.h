#ifndef KAGARI_ADBC_H
#define KAGARI_ADBC_H
#endif
