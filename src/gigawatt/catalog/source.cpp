#include "gigawatt/catalog/source.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, Source& x) {
  v(x.title, {.key = "title", .doc = "Title of the document.", .required = true});
  v(x.citation, {.key = "citation", .doc = "Address, or a full citation.", .required = true});
  v(x.date, {.key = "date", .doc = "Date of the document.", .required = true});
  v(x.licence, {.key = "licence", .doc = "Terms under which its facts are used.", .required = true});
}

}  // namespace gigawatt::catalog
