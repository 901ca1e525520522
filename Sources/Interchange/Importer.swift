import Files
import GraphExec
import ModelFiles

/// Reads networks that other programs made.
package enum Importer {
  /// Reads an ONNX file, or a `state_dict` in a safetensors file.
  ///
  /// - Parameters:
  ///   - network: the network whose parameters a `state_dict` holds; ONNX says its own.
  ///   - names: for layers of that network the names of PyTorch's modules; by names or order where it is nil.
  /// - Throws: `FileError`; `FileFormatError`, with a line for each parameter that does not fit.
  package static func read(_ path: String, network: Network?, names: [String: String]?) throws
    -> ImportedModel
  {
    let bytes = try FileSystem.read(path)
    switch try ModelFormat(bytes, path: path) {
    case .onnx:
      guard network == nil else {
        throw FileFormatError(path, "an ONNX file says its network itself; leave --config out")
      }
      return try ONNXReader.model(bytes, path: path)
    case .safetensors:
      let file = try SafetensorsFile(bytes: bytes, path: path)
      guard let network else {
        throw FileFormatError(
          path, "holds weights without their network; name a config with the network with --config")
      }
      return try StateDict(file, of: network, names: names).model()
    }
  }
}
