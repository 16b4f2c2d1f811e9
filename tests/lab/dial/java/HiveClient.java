import java.io.File;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.util.Properties;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStoreClient;
import org.apache.hive.beeline.hs2connection.HS2ConnectionFileUtils;
import org.apache.hive.beeline.hs2connection.HiveSiteHS2ConnectionFileParser;
import org.apache.hive.org.apache.curator.framework.CuratorFramework;
import org.apache.hive.org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.hive.org.apache.curator.retry.RetryOneTime;

/** Runs the step metastore or jdbc of a Hive client, or registers servers for the latter. */
public class HiveClient {
  public static void main(String[] arguments) throws Exception {
    DriverManager.setLoginTimeout(3);
    DialLoop.run(HiveClient::step);
  }

  static void step(String name, File directory, String[] words) throws Exception {
    ClassLoader files = Thread.currentThread().getContextClassLoader();
    HiveConf.setHiveSiteLocation(files.getResource("hive-site.xml"));
    HiveConf.setHivemetastoreSiteUrl(files.getResource("hivemetastore-site.xml"));
    HiveConf.setLoadMetastoreConfig(false); // an earlier step without URIs has set it
    switch (name) {
      case "metastore":
        metastore();
        return;
      case "jdbc":
        jdbc(words[2]);
        return;
      default:
        register(words);
    }
  }

  /** Connects as a client with Kerberos, without a ticket: it tries the next URI after each failure. */
  static void metastore() throws Exception {
    HiveConf conf = new HiveConf(HiveClient.class);
    conf.set("hive.metastore.sasl.enabled", "true");
    conf.set("hive.metastore.kerberos.principal", "hive/_HOST@EXAMPLE.TEST");
    conf.set("hive.metastore.uri.selection", "SEQUENTIAL");
    conf.set("hive.metastore.connect.retries", "1");
    conf.set("hive.metastore.client.connect.retry.delay", "0s");
    new HiveMetaStoreClient(conf).close();
  }

  /** Connects as beeline does without a URL: it makes one of hive-site.xml. `more` is appended to it. */
  static void jdbc(String more) throws Exception {
    Properties settings = new HiveSiteHS2ConnectionFileParser().getConnectionProperties();
    String url = HS2ConnectionFileUtils.getUrl(settings) + (more.equals("-") ? "" : more);
    DriverManager.getConnection(url, "nobody", "").close();
  }

  /**
   * Registers servers as HiveServer2 does, in place of those of earlier steps: register DIRECTORY
   * ZOOKEEPER NAMESPACE MODE HOST:PORT ….
   */
  static void register(String[] words) throws Exception {
    try (CuratorFramework zookeeper = CuratorFrameworkFactory.newClient(words[2], new RetryOneTime(100))) {
      zookeeper.start();
      if (zookeeper.checkExists().forPath("/" + words[3]) != null) {
        zookeeper.delete().deletingChildrenIfNeeded().forPath("/" + words[3]);
      }
      for (int number = 5; number < words.length; number++) {
        int colon = words[number].lastIndexOf(':');
        String port = words[4].equals("http") ? "hive.server2.thrift.http.port" : "hive.server2.thrift.port";
        String settings =
            "hive.server2.instance.uri=" + words[number]
                + ";hive.server2.authentication=NONE;hive.server2.transport.mode=" + words[4]
                + ";hive.server2.thrift.http.path=cliservice;hive.server2.use.SSL=false"
                + ";hive.server2.thrift.bind.host=" + words[number].substring(0, colon)
                + ";" + port + "=" + words[number].substring(colon + 1);
        String path = "/" + words[3] + "/serverUri=" + words[number] + ";version=3.1.3;sequence=000000000" + number;
        zookeeper.create().creatingParentsIfNeeded().forPath(path, settings.getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
