import Configs
import Files
import GraphExec
import Reports

extension PlanCommand {
  /// The layers with their shapes, parameters and multiply-adds.
  func showNetwork(_ network: Network) throws {
    var table = TextTable(["name", "operation", "reads", "output", "parameters", "multiply-adds"])
    for (index, layer) in network.layers.enumerated() {
      let parameters = network.parameters(of: index).reduce(0) { $0 + network[$1].count }
      let macs = network.macs(of: index)
      let sources = network.sources[index].map { $0.map { network.layers[$0].name } ?? Network.imagesName }
      let isChain = network.sources[index] == [index == 0 ? nil : index - 1]
      table.append([
        layer.name, NetworkDrawing.operation(layer.operation), isChain ? "" : sources.joined(separator: ", "),
        "\(network.shapes[index])", parameters == 0 ? "" : Format.count(Double(parameters)),
        macs == 0 ? "" : Format.count(Double(macs)),
      ])
    }
    try Output.print(
      "\nthe network, for images of \(network.input): \(Format.count(Double(network.parameterCount))) parameters, "
        + "\(Format.count(Double(network.macs))) multiply-adds an image\n\n"
        + table.text(width: Terminal.output.size.columns), terminator: "")
  }

  /// Writes the network as a picture.
  ///
  /// - Parameter left: what pruning leaves of it.
  func draw(_ network: Network, left: Network?, to path: String) throws {
    try AtomicFile.write(Graphviz.svg(NetworkDrawing.dot(network, left: left)), to: path)
    try Output.print("Wrote \(path)")
  }
}
