// URLs and addresses, as far as the rules of a source need them.
#ifndef INGEST_SERVICE_DOCUMENTS_URL_H_
#define INGEST_SERVICE_DOCUMENTS_URL_H_

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::ingest {

// A URL as far as rules need it. Errors: InvalidArgument (BAD_URL) unless it
// is an absolute http or https URL without user and password.
struct Url {
  std::string scheme;
  std::string host;  // lower case
  uint16_t port = 0;
  std::string path;  // begins with '/'
  std::string full;
};
absl::StatusOr<Url> ParseUrl(absl::string_view url);
// The same of a reference relative to `base`.
absl::StatusOr<Url> ResolveUrl(absl::string_view base,
                               absl::string_view reference);
// "host" for the ports 80 and 443, else "host:port": how HttpRules::hosts has
// it.
std::string HostOf(const Url& url);

// Whether an address, as text, is loopback, link-local, private, multicast or
// reserved (IANA special-purpose registries). False when it is no address.
bool IsPrivateAddress(absl::string_view address);

// The same of the address of a connection; true for families other than IP.
bool IsPrivate(const sockaddr& address);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DOCUMENTS_URL_H_
