import Files

/// Where the repository's own files are.
package enum Repository {
  package static let root = FileSystem.folder(of: FileSystem.folder(of: FileSystem.folder(of: #filePath)))
  package static let configs = root + "/configs"
}
