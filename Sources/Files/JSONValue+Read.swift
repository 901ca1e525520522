import Text

extension JSONValue {
  /// Reads a file that holds one JSON document.
  ///
  /// - Throws: `FileError`; `FileFormatError`, which names the line and column of what is not JSON.
  package static func read(_ path: String) throws -> JSONValue {
    do {
      return try JSONParser.parse(FileSystem.read(path))
    } catch let error as JSONSyntaxError {
      throw FileFormatError(path, "not valid JSON: \(error)")
    }
  }
}
