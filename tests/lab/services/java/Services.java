import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.net.InetSocketAddress;
import java.security.PrivilegedExceptionAction;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.LoginContext;
import javax.security.sasl.AuthorizeCallback;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.ipc.ProtocolSignature;
import org.apache.hadoop.ipc.RPC;
import org.apache.hadoop.ipc.VersionedProtocol;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.thrift.TBaseProcessor;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.server.TServer;
import org.apache.thrift.server.TThreadPoolServer;
import org.apache.thrift.transport.TSaslServerTransport;
import org.apache.thrift.transport.TServerSocket;
import org.apache.thrift.transport.TTransportFactory;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.ietf.jgss.GSSContext;
import org.ietf.jgss.GSSCredential;
import org.ietf.jgss.GSSManager;

/**
 * Hadoop RPC with and without Kerberos, Thrift with and without SASL, HTTP with SPNEGO, ZooKeeper: each on a free port of loopback, printed as "name port", then "ready".
 * All end with standard input.
 */
public class Services {
  public interface Nothing extends VersionedProtocol {
    long versionID = 1L;
  }

  static class Protocol implements Nothing {
    public long getProtocolVersion(String protocol, long version) {
      return versionID;
    }

    public ProtocolSignature getProtocolSignature(String protocol, long version, int hash) {
      return new ProtocolSignature(versionID, null);
    }
  }

  static class Empty extends TBaseProcessor<Object> {
    Empty() {
      super(new Object(), Collections.emptyMap());
    }
  }

  /** args: principal, its keytab, an empty directory. */
  public static void main(String[] args) throws Exception {
    String principal = args[0];
    rpc("simple", new Configuration());
    zookeeper(new File(args[2]));
    thrift("nosasl", new TTransportFactory());
    Map<String, String> properties = new HashMap<>();
    CallbackHandler nobody = callbacks -> {};
    TSaslServerTransport.Factory digest = new TSaslServerTransport.Factory();
    digest.addServerDefinition("DIGEST-MD5", "hive", "localhost", properties, nobody);
    thrift("digest", digest);
    String[] parts = principal.split("[/@]");
    TSaslServerTransport.Factory kerberos = new TSaslServerTransport.Factory();
    CallbackHandler authorizing =
        callbacks -> {
          for (Callback callback : callbacks) {
            ((AuthorizeCallback) callback).setAuthorized(true);
          }
        };
    kerberos.addServerDefinition("GSSAPI", parts[0], parts[1], properties, authorizing);
    Subject acceptor = acceptor(principal, args[1]);
    Subject.doAs(
        acceptor,
        (PrivilegedExceptionAction<Void>)
            () -> {
              thrift("gssapi", kerberos);
              web();
              return null;
            });

    Configuration secure = new Configuration();
    secure.set("hadoop.security.authentication", "kerberos");
    UserGroupInformation.setConfiguration(secure);
    UserGroupInformation.getUGIFromSubject(acceptor)
        .doAs(
            (PrivilegedExceptionAction<Void>)
                () -> {
                  rpc("kerberos", secure);
                  return null;
                });
    System.out.println("ready");
    System.in.read();
    System.exit(0);
  }

  static void rpc(String name, Configuration conf) throws Exception {
    RPC.Server server =
        new RPC.Builder(conf)
            .setProtocol(Nothing.class)
            .setInstance(new Protocol())
            .setBindAddress("127.0.0.1")
            .setPort(0)
            .setNumHandlers(1)
            .build();
    server.start();
    System.out.println(name + " " + server.getListenerAddress().getPort());
  }

  static void thrift(String name, TTransportFactory transports) throws Exception {
    TServerSocket socket = new TServerSocket(new InetSocketAddress("127.0.0.1", 0));
    TServer server =
        new TThreadPoolServer(
            new TThreadPoolServer.Args(socket)
                .processor(new Empty())
                .transportFactory(transports)
                .protocolFactory(new TBinaryProtocol.Factory())
                .minWorkerThreads(2));
    java.security.AccessControlContext here = java.security.AccessController.getContext();
    Subject subject = Subject.getSubject(here);
    Thread thread =
        new Thread(
            () ->
                Subject.doAs(
                    subject,
                    (java.security.PrivilegedAction<Void>)
                        () -> {
                          server.serve();
                          return null;
                        }));
    thread.setDaemon(true);
    thread.start();
    System.out.println(name + " " + socket.getServerSocket().getLocalPort());
  }

  static void zookeeper(File place) throws Exception {
    NIOServerCnxnFactory factory = new NIOServerCnxnFactory();
    factory.configure(new InetSocketAddress("127.0.0.1", 0), 10);
    factory.startup(new ZooKeeperServer(place, place, 2000));
    System.out.println("zookeeper " + factory.getLocalPort());
  }

  /** HTTP that wants SPNEGO, by the library that Hadoop's own filter uses. */
  static void web() throws Exception {
    Subject subject = Subject.getSubject(java.security.AccessController.getContext());
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String header = exchange.getRequestHeaders().getFirst("Authorization");
          if (header == null) {
            exchange.getResponseHeaders().add("WWW-Authenticate", "Negotiate");
            exchange.sendResponseHeaders(401, -1);
            return;
          }
          byte[] token = Base64.getDecoder().decode(header.substring("Negotiate ".length()));
          try {
            byte[] answer =
                Subject.doAs(
                    subject,
                    (PrivilegedExceptionAction<byte[]>)
                        () -> {
                          GSSContext context = GSSManager.getInstance().createContext((GSSCredential) null);
                          return context.acceptSecContext(token, 0, token.length);
                        });
            exchange.getResponseHeaders().add("WWW-Authenticate", "Negotiate " + Base64.getEncoder().encodeToString(answer));
            exchange.sendResponseHeaders(200, -1);
          } catch (Exception refused) {
            byte[] text = String.valueOf(refused.getCause()).getBytes();
            exchange.sendResponseHeaders(403, text.length);
            exchange.getResponseBody().write(text);
          }
          exchange.close();
        });
    server.start();
    System.out.println("web " + server.getAddress().getPort());
  }

  static Subject acceptor(String principal, String keytab) throws Exception {
    Map<String, String> options = new HashMap<>();
    options.put("useKeyTab", "true");
    options.put("keyTab", keytab);
    options.put("principal", principal);
    options.put("storeKey", "true");
    options.put("isInitiator", "false");
    options.put("doNotPrompt", "true");
    AppConfigurationEntry entry =
        new AppConfigurationEntry(
            "com.sun.security.auth.module.Krb5LoginModule",
            AppConfigurationEntry.LoginModuleControlFlag.REQUIRED,
            options);
    Subject subject = new Subject();
    LoginContext login =
        new LoginContext(
            "acceptor",
            subject,
            null,
            new javax.security.auth.login.Configuration() {
              public AppConfigurationEntry[] getAppConfigurationEntry(String ignored) {
                return new AppConfigurationEntry[] {entry};
              }
            });
    login.login();
    return subject;
  }
}
