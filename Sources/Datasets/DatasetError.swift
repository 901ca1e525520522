/// Why a data set cannot be loaded: what, where and what to do, in one line.
public struct DatasetError: Error, CustomStringConvertible, Equatable {
  /// The line to show.
  public let description: String

  /// An error about the request itself.
  init(_ description: String) {
    self.description = description
  }

  /// An error about a file.
  init(_ file: String, _ problem: String, remedy: String) {
    description = "\(file): \(problem); \(remedy)"
  }
}
