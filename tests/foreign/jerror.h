/* jerror.h -- as much of libjpeg's messages as the runtime asks for; see jpeglib.h. */
#ifndef FOREIGN_JERROR_H
#define FOREIGN_JERROR_H

enum { JERR_BAD_PROGRESSION, JWRN_JPEG_EOF, JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE };

#endif
