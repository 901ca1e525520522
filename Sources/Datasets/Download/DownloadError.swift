/// Why a data set could not be downloaded: what, where and what to do, in one line.
package struct DownloadError: Error, CustomStringConvertible, Equatable {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}
