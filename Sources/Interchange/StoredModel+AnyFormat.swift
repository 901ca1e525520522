import Files
import ModelFiles
import Text

extension StoredModel {
  /// Reads a model file of any form that Whittle knows: its own, or ONNX. The content decides, not the name.
  ///
  /// - Throws: `FileError`; `FileFormatError` for a file that is no consistent model, and for pickles, which are not read.
  package static func readAny(_ path: String) throws -> StoredModel {
    try StoredModel(anyFormat: FileSystem.read(path), path: path)
  }

  /// Takes a model from the content of a file of any form.
  ///
  /// - Parameter path: what messages call the file.
  /// - Throws: `FileFormatError`.
  package init(anyFormat bytes: [UInt8], path: String) throws {
    switch try ModelFormat(bytes, path: path) {
    case .safetensors:
      let file = try SafetensorsFile(bytes: bytes, path: path)
      if StateDict.isOne(file) {
        throw FileFormatError(
          path,
          "the weights of a PyTorch network, without the network: 'whittle import \(path) --config CONFIG' names it"
        )
      }
      self = try StoredModel(file)
    case .onnx: self = try ONNXReader.model(bytes, path: path).model
    }
  }
}

/// The formats in which networks are read.
enum ModelFormat {
  case safetensors
  case onnx

  /// Finds a file's format by how it begins.
  ///
  /// - Throws: `FileFormatError` for pickles and what else is known not to be read.
  init(_ bytes: [UInt8], path: String) throws {
    if Self.isPickle(bytes, path: path) {
      throw FileFormatError(
        path,
        "a pickle, as PyTorch's torch.save writes, which may run any program when it is read; save the weights with "
          + "safetensors.torch.save_file(model.state_dict(), ...), or the network with torch.onnx.export")
    }
    if bytes.starts(with: [0x89] + Array("HDF".utf8)) {
      throw FileFormatError(
        path, "HDF5, as Keras writes; export the network with model.export(..., format=\"onnx\")")
    }
    let isSafetensors = bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
    // The first field of an ONNX file is mostly its version, a number; others are texts and messages.
    let isONNX = !isSafetensors && (path.lowercased().hasSuffix(".onnx") || bytes.first == 0x08)
    self = isONNX ? .onnx : .safetensors
  }

  /// A pickle by itself, in the archive in which PyTorch keeps it, or by a name that is used for nothing else.
  private static func isPickle(_ bytes: [UInt8], path: String) -> Bool {
    let name = path.lowercased()
    if [".pt", ".pth", ".pkl", ".pickle"].contains(where: name.hasSuffix) { return true }
    let isBare = bytes.count > 1 && bytes[0] == 0x80 && (2...5).contains(bytes[1])
    return isBare || bytes.starts(with: Array("PK\u{3}\u{4}".utf8))
  }
}
