import Foundation

/// Reading a study's files with errors that name the file.
enum StudyFiles {
  /// The text of the file at `url`.
  static func text(of url: URL) throws -> String {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      let exists = FileManager.default.fileExists(atPath: url.path)
      throw ReportError(
        .data, exists ? "\(url.path) cannot be read: check its permissions" : "\(url.path) does not exist")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw ReportError(.data, "\(url.path) is not UTF-8 text: it is damaged")
    }
    return text
  }

  /// The JSON value in the file at `url`.
  static func json(of url: URL) throws -> JSONValue {
    do {
      return try JSONDecoder().decode(JSONValue.self, from: Data(text(of: url).utf8))
    } catch let error as DecodingError {
      throw ReportError(.data, "\(url.path) is not valid JSON\(Self.place(of: error)): it is damaged")
    }
  }

  static func isFile(_ url: URL) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &folder) && !folder.boolValue
  }

  static func isFolder(_ url: URL) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &folder) && folder.boolValue
  }

  /// The parser's own words on where a file goes wrong, when it has any.
  private static func place(of error: DecodingError) -> String {
    guard case .dataCorrupted(let context) = error, let cause = context.underlyingError else { return "" }
    let text = (cause as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? ""
    return text.isEmpty ? "" : " (\(text))"
  }
}
