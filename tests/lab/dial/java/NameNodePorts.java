import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.DFSUtilClient;
import org.apache.hadoop.hdfs.server.namenode.NameNode;

/** Prints the port that a client dials and the port that the NameNode listens on, a line for each pair of arguments. */
public class NameNodePorts {
  public static void main(String[] arguments) {
    for (int at = 0; at < arguments.length; at += 2) {
      Configuration conf = new Configuration(false);
      conf.set("fs.defaultFS", arguments[at]);
      if (!arguments[at + 1].isEmpty()) {
        conf.set("dfs.namenode.rpc-address", arguments[at + 1]);
      }
      int dialled = DFSUtilClient.getNNAddress(conf).getPort();
      NameNode.initializeGenericKeys(conf, null, null);
      System.out.println(dialled + " " + DFSUtilClient.getNNAddress(conf).getPort());
    }
  }
}
