import java.io.File;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.security.PrivilegedExceptionAction;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.server.datanode.DataNode;
import org.apache.hadoop.hdfs.server.namenode.NameNode;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapreduce.v2.hs.JobHistoryServer;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.service.Service;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.applicationhistoryservice.ApplicationHistoryServer;
import org.apache.hadoop.yarn.server.resourcemanager.ResourceManager;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/**
 * Servers of one Hadoop cluster with two masters, and ZooKeeper. The files of the cluster and server-site.xml are on the class path. Properties: lab.data,
 * an empty directory; lab.first, lab.second and lab.core, host names; lab.realm; lab.keytab, empty without Kerberos.
 */
public class HadoopServers {
  static final File DATA = new File(System.getProperty("lab.data"));
  static final String FIRST = System.getProperty("lab.first");
  static final String SECOND = System.getProperty("lab.second");
  static final String REALM = System.getProperty("lab.realm");
  static final String KEYTAB = System.getProperty("lab.keytab");

  /** Starts one server, as its own user. */
  public static AutoCloseable start(String name) throws Exception {
    DefaultMetricsSystem.setMiniClusterMode(true);
    switch (name) {
      case "nn1":
        return as("hdfs/" + FIRST, () -> nameNode(name));
      case "nn2":
        return as("hdfs/" + SECOND, () -> nameNode(name));
      case "datanode":
        return as("hdfs/" + System.getProperty("lab.core"), HadoopServers::dataNode);
      case "rm1":
        return as("yarn/" + FIRST, () -> resourceManager(name));
      case "rm2":
        return as("yarn/" + SECOND, () -> resourceManager(name));
      case "jobhistory":
        return as("mapred/" + FIRST, HadoopServers::jobHistory);
      case "timeline":
        return as("yarn/" + FIRST, () -> begun(new ApplicationHistoryServer(), site(new YarnConfiguration())));
      case "zookeeper":
        return zooKeeper();
      default:
        throw new IllegalArgumentException(name);
    }
  }

  static <C extends Configuration> C site(C conf) {
    conf.addResource("server-site.xml");
    return conf;
  }

  static AutoCloseable as(String principal, Callable<AutoCloseable> server) throws Exception {
    if (KEYTAB.isEmpty()) {
      return server.call();
    }
    UserGroupInformation.setConfiguration(site(new HdfsConfiguration()));
    UserGroupInformation user = UserGroupInformation.loginUserFromKeytabAndReturnUGI(principal + "@" + REALM, KEYTAB);
    return user.doAs((PrivilegedExceptionAction<AutoCloseable>) server::call);
  }

  static AutoCloseable nameNode(String id) throws Exception {
    Configuration conf = site(new HdfsConfiguration());
    File own = new File(DATA, id);
    conf.set("dfs.ha.namenode.id", id);
    conf.set("dfs.namenode.name.dir", own.toURI().toString());
    boolean first = id.equals("nn1");
    File formatted = new File(DATA, "formatted");
    if (first && !formatted.exists()) {
      new File(DATA, "shared").mkdirs();
      NameNode.format(conf);
      formatted.createNewFile();
    } else if (!own.exists()) {
      while (!formatted.exists()) {
        Thread.sleep(100);
      }
      FileUtil.copy(new File(DATA, "nn1"), FileSystem.getLocal(conf), new Path(own.toString()), false, conf);
    }
    NameNode made = NameNode.createNameNode(new String[0], conf);
    if (first) {
      activate(made, NameNode.class);
    }
    return made::stop;
  }

  static AutoCloseable dataNode() throws Exception {
    Configuration conf = site(new HdfsConfiguration());
    conf.set("dfs.datanode.hostname", System.getProperty("lab.core"));
    DataNode made = DataNode.instantiateDataNode(new String[0], conf, null);
    made.runDatanodeDaemon();
    return made::shutdown;
  }

  static AutoCloseable resourceManager(String id) throws Exception {
    Configuration conf = site(new YarnConfiguration());
    conf.set("yarn.resourcemanager.ha.id", id);
    ResourceManager made = new ResourceManager();
    AutoCloseable stop = begun(made, conf);
    if (id.equals("rm1")) {
      activate(made, ResourceManager.class);
    }
    return stop;
  }

  static void activate(Object server, Class<?> type) throws Exception {
    Method activate = type.getDeclaredMethod("transitionToActive");
    activate.setAccessible(true);
    activate.invoke(server);
  }

  static AutoCloseable jobHistory() {
    return begun(new JobHistoryServer(), site(new JobConf(new YarnConfiguration())));
  }

  static AutoCloseable begun(Service service, Configuration conf) {
    service.init(conf);
    service.start();
    return service::stop;
  }

  static AutoCloseable zooKeeper() throws Exception {
    if (!KEYTAB.isEmpty()) {
      javax.security.auth.login.Configuration.setConfiguration(jaas("zookeeper/" + FIRST + "@" + REALM));
      System.setProperty("zookeeper.authProvider.sasl", "org.apache.zookeeper.server.auth.SASLAuthenticationProvider");
      System.setProperty("zookeeper.sessionRequireClientSASLAuth", "true");
    }
    File place = new File(DATA, "zookeeper");
    NIOServerCnxnFactory factory = new NIOServerCnxnFactory();
    factory.configure(new InetSocketAddress(FIRST, 2181), 10);
    factory.startup(new ZooKeeperServer(place, place, 2000));
    return factory::shutdown;
  }

  static javax.security.auth.login.Configuration jaas(String principal) {
    Map<String, String> options = new HashMap<>();
    options.put("useKeyTab", "true");
    options.put("keyTab", KEYTAB);
    options.put("principal", principal);
    options.put("storeKey", "true");
    options.put("doNotPrompt", "true");
    AppConfigurationEntry entry =
        new AppConfigurationEntry(
            "com.sun.security.auth.module.Krb5LoginModule", AppConfigurationEntry.LoginModuleControlFlag.REQUIRED, options);
    return new javax.security.auth.login.Configuration() {
      public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
        return name.equals("Server") ? new AppConfigurationEntry[] {entry} : null;
      }
    };
  }
}
