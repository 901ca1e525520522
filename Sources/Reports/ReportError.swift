/// An error of reading a study or of drawing it, as one line for people: what, where, and what to do.
package struct ReportError: Error, CustomStringConvertible, Sendable {
  /// What went wrong, for those who choose an exit code by it.
  package enum Kind: Sendable {
    /// A file of the study is missing or unreadable.
    case data
    /// A program that is needed is missing or failed, or a file could not be written.
    case environment
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
