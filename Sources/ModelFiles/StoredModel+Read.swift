import Files

extension StoredModel {
  /// Reads a model file of any form.
  ///
  /// - Throws: `FileError`; `FileFormatError` for a file that is not a consistent model.
  package static func read(_ path: String) throws -> StoredModel {
    try StoredModel(SafetensorsFile.read(path))
  }

  /// Takes a model from the content of a file, which may be anything: every number is checked before it is used.
  ///
  /// Tensors that belong to no form, such as the moments in a checkpoint, are left alone.
  ///
  /// - Throws: `FileFormatError`.
  package init(_ file: SafetensorsFile) throws {
    self = try NetworkFileReader(file)?.model() ?? PerceptronFileReader(file: file).model()
  }
}
